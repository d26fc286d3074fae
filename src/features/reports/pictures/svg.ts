/* Writes SVG 1.1 as text. */

type Attributes = Record<string, string | number | undefined>

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 (2.2) cannot hold these, however escaped
const UNPRINTABLE = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g

export const escapeXml = (value: string) =>
  value.replace(UNPRINTABLE, '').replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '')

/** Rounds to a tenth of a pixel, finer than anybody can see. */
export const round = (value: number) => Math.round(value * 10) / 10

/** An element as SVG. `children` are SVG already: they are not escaped. */
export function el(name: string, attributes: Attributes, ...children: string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeXml(String(value))}"`)
    .join('')
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`
}

type TextStyle = { class?: string; anchor?: 'start' | 'middle' | 'end'; size?: number; weight?: number }

/** One line of text. */
export const drawText = (x: number, y: number, content: string, style: TextStyle = {}) =>
  el(
    'text',
    {
      x,
      y,
      class: style.class ?? 'ink',
      'text-anchor': style.anchor,
      'font-size': style.size,
      'font-weight': style.weight,
    },
    escapeXml(content),
  )

export const drawLine = (x1: number, y1: number, x2: number, y2: number, className: string) =>
  el('line', { x1, y1, x2, y2, class: className })

/** The width of a letter, as a share of the font size. Without a font it is a guess, rather too wide. */
function letterWidthOf(letter: string): number {
  if (/[ .,:;|!'’iIjl()[\]·-]/.test(letter)) return 0.34
  if (/[MWmw@%]/.test(letter)) return 0.92
  if ((letter.codePointAt(0) ?? 0) > 0x2e7f) return 1.1 // East Asian letters and emoji
  return /[A-Z]/.test(letter) ? 0.7 : 0.58
}

const segmenter = new Intl.Segmenter()
/** Letters as people count them: a family of emoji is one, and so is a letter with its marks. */
const lettersOf = (content: string) => Array.from(segmenter.segment(content), ({ segment }) => segment)

/** The width of a text in pixels, a guess. */
export const widthOf = (content: string, size = 12) =>
  lettersOf(content).reduce((width, letter) => width + letterWidthOf(letter) * size, 0)

/** The text, or as much of its beginning as fits into `width` pixels, with an ellipsis. */
export function shorten(content: string, width: number, size = 12): string {
  if (widthOf(content, size) <= width) return content
  let left = width - size // for the ellipsis
  const letters = lettersOf(content)
  const end = letters.findIndex((letter) => {
    left -= letterWidthOf(letter) * size
    return left < 0
  })
  return `${letters.slice(0, Math.max(1, end)).join('').trimEnd()}…`
}

/** A column's key as words. */
export const wordsOf = (key: string) => key.replaceAll('_', ' ')

/** "1 task", "2 tasks". */
export const countOf = (n: number | null, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`
