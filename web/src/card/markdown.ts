import DOMPurify from 'dompurify'
import { Marked, type Tokens } from 'marked'
import { t } from '../strings.ts'

/*
 * Turns Markdown that people write into safe HTML. HTML in it is shown as text. DOMPurify sanitizes what marked makes:
 * its Trusted Types policy is the only one that may create HTML on this page.
 */

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? letter)

const MENTION = /^@\[([^[\]]{1,200})\]\(user:[0-9a-f-]{36}\)/i

/** `linked`: within a link. Another link in there would end the first one. */
type Picture = Tokens.Image & { linked?: boolean }

const marked = new Marked({ gfm: true, breaks: true, async: false })
marked.use({
  walkTokens: (token) => {
    if (token.type !== 'link' || !token.tokens) return
    marked.walkTokens(token.tokens, (inner) => {
      if (inner.type === 'image') Object.assign(inner, { linked: true })
    })
  },
  renderer: {
    html: ({ text }) => escapeHtml(text),
    checkbox: ({ checked }) => `${checked ? '☑' : '☐'} `,
    image: ({ href, text, linked }: Picture) => {
      const shown = escapeHtml(text || href)
      return linked ? shown : `<a href="${escapeHtml(href)}">${shown}</a>`
    },
  },
  extensions: [
    {
      name: 'mention',
      level: 'inline',
      start: (source) => source.indexOf('@['),
      tokenizer: (source) => {
        const [raw, name] = MENTION.exec(source) ?? []
        return raw ? { type: 'mention', raw, name } : undefined
      },
      renderer: ({ name }) => `<span data-mention="">@${escapeHtml(String(name))}</span>`,
    },
  ],
})

/** Only absolute addresses: `#…` would name a page of the board, and `user:…` leads nowhere. */
const ADDRESS = /^(?:https?:\/\/|mailto:)/i

DOMPurify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName !== 'A') return
  node.setAttribute('target', '_blank')
  node.setAttribute('rel', 'noopener noreferrer nofollow')
})

const RULES = {
  RETURN_TRUSTED_TYPE: true,
  ALLOWED_URI_REGEXP: ADDRESS,
  FORBID_ATTR: ['style', 'class', 'id', 'name', 'align'],
  FORBID_TAGS: ['form', 'input', 'button', 'svg', 'math', 'style', 'img'],
} as const

/** Replaces the content of an element by a Markdown text as HTML. */
export function showMarkdown(element: HTMLElement, text: string): void {
  const html = DOMPurify.sanitize(marked.parse(text) as string, {
    ...RULES,
    FORBID_ATTR: [...RULES.FORBID_ATTR],
    FORBID_TAGS: [...RULES.FORBID_TAGS],
  })
  element.innerHTML = html as unknown as string
  // Of the outer blocks only: a list, as a whole, has its bullets on the side where its text begins.
  for (const block of element.children) block.setAttribute('dir', 'auto')
  for (const pre of element.querySelectorAll('pre')) {
    pre.setAttribute('tabindex', '0') // what scrolls must be reachable by keyboard
    pre.setAttribute('role', 'group')
    pre.setAttribute('aria-label', t.dialog.block)
  }
}
