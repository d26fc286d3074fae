/** The colours of Trello and WeKan, by their names there. */
const COLORS: Record<string, string> = {
  green: '#4bce97',
  yellow: '#e2b203',
  orange: '#faa53d',
  red: '#f87462',
  purple: '#9f8fef',
  blue: '#579dff',
  sky: '#6cc3e0',
  lime: '#94c748',
  pink: '#e774bb',
  black: '#596773',
  white: '#ffffff',
  silver: '#c0c0c0',
  peachpuff: '#ffdab9',
  crimson: '#dc143c',
  plum: '#dda0dd',
  darkgreen: '#006400',
  slateblue: '#6a5acd',
  magenta: '#ff00ff',
  gold: '#ffd700',
  navy: '#000080',
  gray: '#808080',
  saddlebrown: '#8b4513',
  paleturquoise: '#afeeee',
  mistyrose: '#ffe4e1',
  indigo: '#4b0082',
}
const SHADES: Record<string, number> = { dark: 0, light: 255 }

/**
 * `#rrggbb` of a colour's name, half way to black or white for its `_dark` and `_light`; null for one that is unknown.
 */
export function hexOf(name: string | null): string | null {
  if (name === null || /^#[0-9a-f]{6}$/i.test(name)) return name
  const [base = '', shade = ''] = name.split('_')
  const color = COLORS[base]
  const target = SHADES[shade]
  if (color === undefined || target === undefined) return color ?? null
  const parts = [1, 3, 5].map((at) => (Number.parseInt(color.slice(at, at + 2), 16) + target) >> 1)
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}

/** A colour's name as people say it: `dark orange` for `orange_dark`. */
export const colorNameOf = (name: string) => name.split('_').toReversed().join(' ')
