import { buildWeb, firstScriptOf, gzippedKB } from './web.ts'

/*
 * `npm run check:bundle`, for the web board: checks that the script for which its first view waits is small, and holds
 * nothing that only other views need.
 */

const LIMIT_KB = 90

/** Packages that are loaded only when the first card is opened. */
const LATER = ['marked', 'dompurify']

const metafile = await buildWeb()
const firstScript = firstScriptOf(metafile)
const size = gzippedKB(firstScript)
const inputs = Object.keys(metafile.outputs[firstScript]?.inputs ?? {})
const early = LATER.filter((name) => inputs.some((input) => input.includes(`node_modules/${name}/`)))
const line = `The first view of the web board loads a script of ${size.toFixed(1)} KB, gzipped; ${LIMIT_KB} KB are allowed.`
if (early.length > 0) {
  console.error(`The first view loads ${early.join(' and ')}: import it where a card is shown.`)
  process.exitCode = 1
} else if (size > LIMIT_KB) {
  console.error(line)
  process.exitCode = 1
} else console.log(line)
