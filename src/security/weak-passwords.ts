import { invalid } from '../lib/errors.ts'

/** Made by .ci/vendor.ts, and shown to nobody: of the assets, /docs and /assets are served. */
const LIST = 'https://assets.local/vendor/common-passwords.txt'

const MIN_LENGTH = 8

/** One password a line. A text takes a tenth of a Set's memory, and is searched in less than a millisecond. */
let common: string | undefined

/** The files of `public/`, as a context has them. */
type WithAssets = { assets: Pick<Fetcher, 'fetch'> }

async function load({ assets }: WithAssets): Promise<string> {
  const answer = await assets.fetch(LIST)
  if (!answer.ok) throw new Error(`The list of common passwords is missing: ${answer.status}`)
  return answer.text()
}

const plain = (text: string) => text.normalize('NFKC').toLowerCase()

/** Words that are tried first for this account: the product's name, theirs, and the parts of their e-mail. */
const wordsOf = ({ name, email }: Owner) =>
  ['flowtrack', ...plain(`${name} ${email}`).split(/[^\p{L}\p{N}]+/u)].filter((word) => word.length >= 4)

type Owner = { name: string; email: string }

/**
 * Refuses a password that would be guessed soon (validation_failed at `path`): one of the most
 * common ones, or one that is too short without the words of its owner.
 */
export async function requireUncommon(
  ctx: WithAssets,
  password: string,
  owner: Owner,
  path = 'password',
): Promise<void> {
  common ??= await load(ctx)
  const typed = plain(password)
  if (common.includes(`\n${typed}\n`)) throw invalid(path, 'is one of the most common passwords: choose another one')
  const rest = wordsOf(owner).reduce((text, word) => text.replaceAll(word, ''), typed)
  if (rest.length < MIN_LENGTH && rest.length < typed.length)
    throw invalid(path, `needs ${MIN_LENGTH} characters beside your name, your e-mail and the name of FlowTrack`)
}
