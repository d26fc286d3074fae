import { invalidAt } from '../lib/errors.ts'

/** Made by .ci/vendor.ts. It is not public: of the assets, only /docs and /assets are served. */
const LIST = 'https://assets.local/vendor/common-passwords.txt'

const MIN_LENGTH = 8

/**
 * The list, one password a line. A text takes a tenth of a Set's memory, and a search in it less than a millisecond.
 */
let common: string | undefined

/** The files of `public/`, as a context has them. */
type WithAssets = { assets: Pick<Fetcher, 'fetch'> }

async function loadList({ assets }: WithAssets): Promise<string> {
  const answer = await assets.fetch(LIST)
  if (!answer.ok) throw new Error(`The list of common passwords is missing: ${answer.status}`)
  return answer.text()
}

const toPlain = (text: string) => text.normalize('NFKC').toLowerCase()

/** Words that are easy to guess for this account: the product's name, the owner's name, and the parts of the e-mail. */
const wordsOf = ({ name, email }: Owner) =>
  ['flowtrack', ...toPlain(`${name} ${email}`).split(/[^\p{L}\p{N}]+/u)].filter((word) => word.length >= 4)

type Owner = { name: string; email: string }

/**
 * Throws validation_failed at `path` for a password that is easy to guess: one of the most common ones, or one that is
 * too short without the words of its owner (name, e-mail, the product's name).
 */
export async function requireUncommon(
  ctx: WithAssets,
  password: string,
  owner: Owner,
  path = 'password',
): Promise<void> {
  common ??= await loadList(ctx)
  const typed = toPlain(password)
  if (common.includes(`\n${typed}\n`)) throw invalidAt(path, 'is one of the most common passwords: choose another one')
  const rest = wordsOf(owner).reduce((text, word) => text.replaceAll(word, ''), typed)
  if (rest.length < MIN_LENGTH && rest.length < typed.length)
    throw invalidAt(
      path,
      `needs ${MIN_LENGTH} characters that are no part of your name, your e-mail address or the word FlowTrack`,
    )
}
