/**
 * How versions of a custom resource are converted: not at all, or by a webhook, and where that is.
 *
 * Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation validateCustomResourceConversion,
 * apiserver/pkg/util/webhook/validation.go
 */
import type { Conversion, WebhookClientConfig } from '../custom-resource-definition.ts';
import { type FieldError, field } from '../errors.ts';
import { dns1035LabelErrors, portNumberErrors } from '../names.ts';
import { requireOneOf } from './checks.ts';

const reviewVersions = ['v1', 'v1beta1'];

/** What is wrong with the conversion. */
export function validateConversion({ strategy, webhook }: Conversion, path: string): FieldError[] {
  const errors = requireOneOf(`${path}.strategy`, strategy, ['None', 'Webhook']);
  if (strategy !== 'Webhook') {
    return webhook
      ? [...errors, field.forbidden(`${path}.webhook`, 'should not be set when strategy is not set to Webhook')]
      : errors;
  }
  const { clientConfig, conversionReviewVersions = [] } = webhook ?? {};
  return [
    ...errors,
    ...(clientConfig
      ? validateClientConfig(clientConfig, `${path}.webhookClientConfig`)
      : [field.required(`${path}.webhookClientConfig`, 'required when strategy is set to Webhook')]),
    ...validateReviewVersions(conversionReviewVersions, `${path}.conversionReviewVersions`),
  ];
}

function validateReviewVersions(versions: string[], path: string): FieldError[] {
  if (versions.length === 0) return [field.required(path)];
  return [
    ...versions.flatMap((version, i) =>
      versions.indexOf(version) < i
        ? [field.invalid(`${path}[${i}]`, version, 'duplicate version')]
        : dns1035LabelErrors(version).map((why) => field.invalid(`${path}[${i}]`, version, why)),
    ),
    ...(versions.some((version) => reviewVersions.includes(version))
      ? []
      : [field.invalid(path, versions, `must include at least one of ${reviewVersions.join(', ')}`)]),
  ];
}

function validateClientConfig({ url, service }: WebhookClientConfig, path: string): FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [field.required(path, 'exactly one of url or service is required')];
  }
  return url === undefined ? validateService(service!, `${path}.service`) : validateUrl(url, `${path}.url`);
}

const urlForm = '; desired format: https://host[/path]';

function validateUrl(text: string, path: string): FieldError[] {
  if (!URL.canParse(text)) return [field.required(path, `url must be a valid URL: ${JSON.stringify(text)}${urlForm}`)];
  const url = new URL(text);
  const wrong = (why: string): FieldError => field.invalid(path, text, `${why}${urlForm}`);
  return [
    ...(url.protocol === 'https:'
      ? []
      : [field.invalid(path, url.protocol.slice(0, -1), `'https' is the only allowed URL scheme${urlForm}`)]),
    ...(url.host === '' ? [field.invalid(path, '', `host must be specified${urlForm}`)] : []),
    ...(url.username || url.password ? [wrong('user information is not permitted in the URL')] : []),
    ...(url.hash ? [wrong('fragments are not permitted in the URL')] : []),
    ...(url.search ? [wrong('query parameters are not permitted in the URL')] : []),
  ];
}

function validateService(service: NonNullable<WebhookClientConfig['service']>, path: string): FieldError[] {
  const { name, namespace, port, path: urlPath } = service;
  const wrongPort = port === undefined ? [] : portNumberErrors(port);
  return [
    ...(name ? [] : [field.required(`${path}.name`, 'service name is required')]),
    ...(namespace ? [] : [field.required(`${path}.namespace`, 'service namespace is required')]),
    ...wrongPort.map((why) => field.invalid(`${path}.port`, port, `port is not valid: ${why}`)),
    ...(urlPath && !urlPath.startsWith('/') ? [field.invalid(`${path}.path`, urlPath, "must start with a '/'")] : []),
  ];
}
