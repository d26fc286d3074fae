/**
 * An e-mail address in the one form in which it is stored, sent and compared: trimmed, NFC, lower case, and
 * the domain in ASCII, as in DNS (`xn--…`, UTS 46). Does not validate: an invalid domain is not converted.
 */
export function addressOf(typed: string): string {
  const plain = typed.trim().normalize('NFC').toLowerCase().normalize('NFC')
  const at = plain.lastIndexOf('@')
  const domain = plain.slice(at + 1)
  return at === -1 || isAscii(domain) ? plain : `${plain.slice(0, at)}@${asciiDomain(domain) ?? domain}`
}

const isAscii = (text: string) => !/[^\p{ASCII}]/u.test(text)

/**
 * The ASCII form of a domain, from the URL parser; undefined for a text that is more than a domain (a port, a path).
 */
function asciiDomain(domain: string): string | undefined {
  if (/[\s\p{Cc}/?#\\:@[\]%<>^|]/u.test(domain)) return undefined
  const url = `https://${domain}/`
  return URL.canParse(url) ? new URL(url).hostname : undefined
}

/**
 * The address with `x` for each letter, mark and digit outside ASCII before the `@` (RFC 6531): zod's validator knows
 * only ASCII.
 */
export const asciiAddress = (address: string) => {
  const at = address.lastIndexOf('@')
  return (
    address.slice(0, at).replace(/[^\p{ASCII}]/gu, (sign) => (/[\p{L}\p{M}\p{N}]/u.test(sign) ? 'x' : sign)) +
    address.slice(at)
  )
}
