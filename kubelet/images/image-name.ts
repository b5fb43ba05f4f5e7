/**
 * Image names: `[registry/]repository[:tag][@digest]`.
 *
 * Upstream: github.com/distribution/reference
 */
const domainPart = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const domain = `${domainPart}(?:\\.${domainPart})*(?::[0-9]+)?`;
const component = '[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*';
const name = new RegExp(
  `^((?:${domain}/)?${component}(?:/${component})*)(:[\\w][\\w.-]{0,127})?(@[A-Za-z][A-Za-z0-9]*(?:[+._-][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`,
);

/** The name with `:latest` when it has neither tag nor digest; undefined when it is not an image name. */
export function withDefaultTag(image: string): string | undefined {
  const match = name.exec(image);
  if (!match) return undefined;
  return match[2] || match[3] ? image : `${image}:latest`;
}

/** The registry that serves the image, as credentials name it. */
export function registryOf(image: string): string {
  const slash = image.indexOf('/');
  const first = slash < 0 ? '' : image.slice(0, slash);
  return first.includes('.') || first.includes(':') || first === 'localhost' ? first : 'docker.io';
}
