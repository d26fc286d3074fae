/**
 * E-mail addresses in the one form in which they are kept, sent and compared: trimmed, NFC, lower case, and
 * the domain as DNS knows it (`xn--…`, UTS 46). What is no address comes back as it is, for the validator.
 */
export function addressOf(typed: string): string {
  const plain = typed.trim().normalize('NFC').toLowerCase().normalize('NFC')
  const at = plain.lastIndexOf('@')
  const domain = plain.slice(at + 1)
  return at === -1 || isAscii(domain) ? plain : `${plain.slice(0, at)}@${asciiDomain(domain) ?? domain}`
}

const isAscii = (text: string) => !/[^\p{ASCII}]/u.test(text)

/** URLs take domains to ASCII. Whatever else a URL reads out of its text is not for a domain to hold. */
function asciiDomain(domain: string): string | undefined {
  if (/[\s\p{Cc}/?#\\:@[\]%<>^|]/u.test(domain)) return undefined
  const url = `https://${domain}/`
  return URL.canParse(url) ? new URL(url).hostname : undefined
}

/** The same with letters of any script (RFC 6531) as ASCII ones, which is all that a validator has to know of them. */
export const asciiAddress = (address: string) => {
  const at = address.lastIndexOf('@')
  return (
    address.slice(0, at).replace(/[^\p{ASCII}]/gu, (sign) => (/[\p{L}\p{M}\p{N}]/u.test(sign) ? 'x' : sign)) +
    address.slice(at)
  )
}
