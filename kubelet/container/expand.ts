/**
 * `$(NAME)` in commands, arguments and variables: replaced where the name is known, left as it stands where not.
 * `$$(NAME)` is a plain `$(NAME)`.
 *
 *     expand('$(HOST):80 $(WHO) $$(HOST)', {HOST: 'db'})  →  'db:80 $(WHO) $(HOST)'
 *
 * Upstream: third_party/forked/golang/expansion/expand.go
 */
export const expand = (text: string, variables: Readonly<Record<string, string>>): string =>
  text.replace(/\$(\$|\(([^)]*)\))/g, (whole, escaped: string, name: string | undefined) => {
    if (escaped === '$') return '$';
    return name !== undefined && Object.hasOwn(variables, name) ? variables[name]! : whole;
  });
