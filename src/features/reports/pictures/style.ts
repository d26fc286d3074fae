/**
 * Colours with a contrast of 3:1 to the background (WCAG 2.2, 1.4.11), which people with any kind of colour blindness
 * can tell apart.
 */
const LIGHT = ['#336ab1', '#c86d22', '#057b49', '#8450ff', '#cb192a', '#35889a', '#825a00', '#ba2d7d', '#666e78']
const DARK = ['#049eff', '#ffb367', '#00b86c', '#cfabfe', '#ff756d', '#81d0d2', '#d1a400', '#e578bc', '#9da2a7']

const ground = { light: '#ffffff', dark: '#0f1419' }

const themeOf = (colours: string[], ink: Record<'bg' | 'ink' | 'dim' | 'grid' | 'axis', string>) =>
  [
    `.bg{fill:${ink.bg}}.ink{fill:${ink.ink}}.dim{fill:${ink.dim}}.gap{stroke:${ink.bg}}`,
    `.grid{stroke:${ink.grid}}.axis{stroke:${ink.axis}}.rule{stroke:${ink.dim}}.halo{stroke:${ink.bg}}`,
    ...colours.map((colour, n) => `.f${n}{fill:${colour}}.s${n}{stroke:${colour}}`),
  ].join('')

/** Plain classes, no variables: renderers outside of browsers know no `var()`. */
export const STYLE = [
  'text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif}',
  'text.halo{stroke-width:4px;stroke-linejoin:round;paint-order:stroke}',
  '.line{fill:none;stroke-width:2.25;stroke-linejoin:round;stroke-linecap:round}',
  '.dash{stroke-dasharray:6 5;stroke-width:1.75}.dots{stroke-linecap:round;fill:none}',
  '.grid,.axis{stroke-width:1;shape-rendering:crispEdges}.rule{stroke-width:1.25;stroke-dasharray:4 4}',
  themeOf(LIGHT, { bg: ground.light, ink: '#1c2128', dim: '#57606a', grid: '#e4e8ec', axis: '#8c959f' }),
  '@media (prefers-color-scheme:dark){',
  themeOf(DARK, { bg: ground.dark, ink: '#e8edf2', dim: '#a0aab5', grid: '#272e36', axis: '#6b7580' }),
  '}',
].join('')

/** The number of colours. */
export const COLOUR_COUNT = LIGHT.length
