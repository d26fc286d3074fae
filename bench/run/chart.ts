import { scaleLinear } from 'd3-scale'
import type { Measured } from './measure.ts'

const [WIDTH, ROW, LEFT, TOP] = [720, 26, 170, 76]
/** Where the bars end and the figures begin. */
const RIGHT = 590
const STYLE = `text{font:13px system-ui,sans-serif;fill:#24292f}.quiet{fill:#57606a}.bar{fill:#0969da}.line{stroke:#d0d7de}
.spread{stroke:#24292f}.goal{stroke:#bc4c00;stroke-width:2}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#8b949e}
.bar{fill:#4493f8}.line{stroke:#30363d}.spread{stroke:#e6edf3}.goal{stroke:#db6d28}}`

/**
 * An SVG, for light and dark pages, of each operation's time as a multiple of its floor's. Without `login`: it computes
 * a password hash, and its bar would hide the others.
 */
export function chartOf(rows: Measured[], goals: Record<string, number>, caption: string): string {
  const shown = rows.filter(({ name }) => name !== 'login')
  const most = Math.max(2, ...shown.map(({ ratio }) => ratio))
  const x = scaleLinear([0, most], [LEFT, RIGHT]).nice().clamp(true)
  const height = TOP + shown.length * ROW + 8
  const ticks = x.ticks(5).map((tick) => {
    const at = x(tick)
    return `<line class="line" x1="${at}" x2="${at}" y1="${TOP - 6}" y2="${height - 8}"/><text class="quiet" x="${at}" y="${TOP - 12}" text-anchor="middle">${tick}×</text>`
  })
  const bars = shown.map(({ name, ratio, spread: [least, greatest] }, n) => {
    const y = TOP + n * ROW
    const goal = goals[name]
    const mark = goal ? `<line class="goal" x1="${x(goal)}" x2="${x(goal)}" y1="${y - 1}" y2="${y + 19}"/>` : ''
    const bar = `<rect class="bar" x="${LEFT}" y="${y}" width="${x(ratio) - LEFT}" height="18" rx="3"/><line class="spread" x1="${x(least)}" x2="${x(greatest)}" y1="${y + 9}" y2="${y + 9}"/>`
    const figures = `<text x="${RIGHT + 14}" y="${y + 14}">${ratio.toFixed(2)} <tspan class="quiet">${least.toFixed(2)}–${greatest.toFixed(2)}</tspan></text>`
    return `<text x="${LEFT - 10}" y="${y + 14}" text-anchor="end">${name}</text>${bar}${mark}${figures}`
  })
  const title = `<text x="10" y="20" font-weight="600">Time of a request, as a multiple of the time of its bare SQL or Redis command</text><text class="quiet" x="10" y="38">${caption}; orange: the budget</text>`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Ratios to the floor"><style>${STYLE}</style>${title}${ticks.join('')}${bars.join('')}</svg>\n`
}
