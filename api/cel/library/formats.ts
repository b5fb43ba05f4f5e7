/** `format.dns1123Label().validate(text)` and the other named formats. Upstream: apiserver/pkg/cel/library/format.go */
import {
  dns1035LabelErrors,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  labelValueErrors,
  qualifiedNameErrors,
} from '../../names.ts';
import { formatCheck } from '../../structural/formats.ts';
import { type Environment, engine } from '../engine.ts';

type ErrorsOf = (text: string) => string[];

class CelFormat {
  readonly name: string;
  readonly errorsOf: ErrorsOf;

  constructor(name: string, errorsOf: ErrorsOf) {
    this.name = name;
    this.errorsOf = errorsOf;
  }
}

class FormatNamespace {}

/** A prefix of generated names: what is appended makes a dash at the end good. */
const prefixOf =
  (errorsOf: ErrorsOf): ErrorsOf =>
  (text) =>
    errorsOf(text.replace(/-$/, 'a'));

const checked =
  (format: string, why: string): ErrorsOf =>
  (text) =>
    formatCheck(format)!(text) ? [] : [why];

const formats: Record<string, ErrorsOf> = {
  dns1123Label: dns1123LabelErrors,
  dns1123Subdomain: dns1123SubdomainErrors,
  dns1035Label: dns1035LabelErrors,
  dns1123LabelPrefix: prefixOf(dns1123LabelErrors),
  dns1123SubdomainPrefix: prefixOf(dns1123SubdomainErrors),
  dns1035LabelPrefix: prefixOf(dns1035LabelErrors),
  qualifiedName: qualifiedNameErrors,
  labelValue: labelValueErrors,
  uri: checked('uri', 'invalid URI'),
  uuid: checked('uuid', 'does not match the UUID format'),
  byte: checked('byte', 'invalid base64'),
  date: checked('date', 'invalid date'),
  datetime: checked('datetime', 'invalid datetime'),
};

const type = 'kubernetes.NamedFormat';

/** Registers the type and the functions. */
export function registerFormats(environment: Environment): void {
  const { Optional } = engine();
  environment
    .registerType(type, CelFormat)
    .registerType('FormatNamespace', FormatNamespace)
    .registerConstant('format', 'FormatNamespace', new FormatNamespace())
    .registerFunction(`FormatNamespace.named(string): optional<${type}>`, (_: unknown, name: string) => {
      const errorsOf = Object.hasOwn(formats, name) ? formats[name] : undefined;
      return errorsOf ? Optional.of(new CelFormat(name, errorsOf)) : Optional.none();
    })
    .registerFunction(`${type}.validate(string): optional<list<string>>`, ({ errorsOf }: CelFormat, text: string) => {
      const errors = errorsOf(text);
      return errors.length > 0 ? Optional.of(errors) : Optional.none();
    });
  for (const [name, errorsOf] of Object.entries(formats)) {
    environment.registerFunction(`FormatNamespace.${name}(): ${type}`, () => new CelFormat(name, errorsOf));
  }
}
