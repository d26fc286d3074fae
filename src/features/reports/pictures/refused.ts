import { WIDTH } from './frame.ts'
import { STYLE } from './style.ts'
import { drawText, el, escapeXml } from './svg.ts'

const HEIGHT = 160

/** The picture of a refusal. It tells nothing about the report that may not be shown. */
export const drawRefusal = (message: string) =>
  el(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      width: WIDTH,
      height: HEIGHT,
      role: 'img',
      'aria-labelledby': 'flowtrack-refused-title flowtrack-refused-desc',
    },
    el('title', { id: 'flowtrack-refused-title' }, escapeXml(message)),
    el('desc', { id: 'flowtrack-refused-desc' }, 'There is no picture to see here.'),
    el('style', {}, STYLE),
    el('rect', { width: WIDTH, height: HEIGHT, class: 'bg' }),
    drawText(WIDTH / 2, HEIGHT / 2 - 6, message, { anchor: 'middle', size: 17, weight: 600 }),
    drawText(WIDTH / 2, HEIGHT / 2 + 20, 'Ask whoever shared it for a new one.', {
      class: 'dim',
      anchor: 'middle',
      size: 12,
    }),
  )
