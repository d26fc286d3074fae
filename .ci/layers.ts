import type { IConfiguration, IForbiddenRuleType } from 'dependency-cruiser'

// The layers of src/, the lowest first: a file imports from its own layer and from those below it, types included.
const LAYERS = [
  'lib',
  'config',
  'security',
  'db',
  'redis',
  'cache',
  'live',
  'context',
  'transaction',
  'http',
  'features',
]

const pathOf = (layer: string) => `^src/${layer}[./]`

/** The files that only the build of the OpenAPI document uses (.ci/vendor.ts): the Worker's bundle has none of them. */
const DOCUMENT = ['/(answers|reference)[.]ts$', '^src/lib/examples[.]ts$', '^src/features/meta/document/']

const upward = LAYERS.slice(0, -1).map(
  (layer, at): IForbiddenRuleType => ({
    name: `${layer}-below-${LAYERS[at + 1]}`,
    comment: `src/${layer} is below ${LAYERS.slice(at + 1).join(', ')} (docs/architecture.md): move what both need down.`,
    severity: 'error',
    from: { path: pathOf(layer) },
    to: { path: [...LAYERS.slice(at + 1).map(pathOf), '^src/(app|index)[.]ts$'] },
  }),
)

const config = {
  forbidden: [
    ...upward,
    {
      name: 'routes-mounted-in-app',
      comment: 'Routes are mounted in src/app.ts, and only there.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/app[.]ts$' },
      to: { path: '/routes[.]ts$' },
    },
    {
      name: 'app-on-top',
      comment: 'Only src/index.ts imports the app.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/index[.]ts$' },
      to: { path: '^src/app[.]ts$' },
    },
    {
      name: 'client-apart-from-server',
      comment:
        'The client is a package for programs that have none of this code: its types come from the OpenAPI document.',
      severity: 'error',
      from: { path: '^client/' },
      to: { path: '^(src|local|drizzle|test)/' },
    },
    {
      name: 'server-apart-from-client',
      comment: 'The server serves any client: what both need is in the OpenAPI document.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^client/' },
    },
    {
      name: 'web-on-client-alone',
      comment: 'The web board is a program like any other: it imports the client package, and nothing else from here.',
      severity: 'error',
      from: { path: '^web/' },
      to: { pathNot: ['^web/', '^client/src/index[.]ts$', 'node_modules/'] },
    },
    {
      name: 'nothing-on-web',
      comment: 'The web board stands on top: nothing imports it.',
      severity: 'error',
      from: { path: '^(src|client)/' },
      to: { path: '^web/' },
    },
    {
      name: 'no-circle',
      comment: 'Files must not import each other in a cycle: move what both need into a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-folder-circle',
      comment: 'Folders must not import each other in a cycle: move what both need into a third, or merge them.',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    {
      name: 'routes-ask-services',
      comment: 'Only services and queries use the database: move this from the route to its service.',
      severity: 'error',
      from: { path: '/routes[.]ts$' },
      to: { path: ['^src/db/', 'node_modules/drizzle-orm/'] },
    },
    {
      name: 'services-know-no-http',
      comment: 'Services and queries must not use HTTP: src/http translates results and errors.',
      severity: 'error',
      from: { path: '/(service|queries)[.]ts$' },
      to: { path: ['^src/http/', 'node_modules/(@hono|hono)/'] },
    },
    {
      name: 'document-apart',
      comment:
        'Only the OpenAPI document needs this: import its types by `import type`, so that no start evaluates it.',
      severity: 'error',
      from: { path: '^src/', pathNot: DOCUMENT },
      to: { path: DOCUMENT, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'mcp-on-demand',
      comment:
        'The MCP library is large: it is evaluated by its first request, by `await import()`, and not at a start.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/features/mcp/serve[.]ts$' },
      to: { path: 'node_modules/@modelcontextprotocol/' },
    },
    {
      name: 'mcp-served-on-demand',
      comment: 'Load this by `await import()`, so that its first request evaluates it, and no start.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/features/mcp/serve[.]ts$', dynamic: false },
    },
    {
      name: 'no-hono-below-http',
      comment: 'Only src/http and the layers above use Hono: src/http/problem.ts translates errors.',
      severity: 'error',
      from: { path: '^src/(lib|config|security|db|redis|cache|live|transaction)/' },
      to: { path: 'node_modules/(@hono|hono)/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    exclude: { path: '[.]test[.]ts$' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.d.ts', '.js', '.mjs', '.json'],
      conditionNames: ['import', 'types', 'default'],
    },
  },
} satisfies IConfiguration
export default config
