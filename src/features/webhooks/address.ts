/**
 * IPv4 networks that are not on the Internet (IANA, IPv4 Special-Purpose Address Registry). The last one is multicast
 * and everything above.
 */
const INSIDE = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]
/** Names that resolve only on one machine or in one network (RFC 6761, 6762, 8375, 9476). */
const LOCAL = /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|private|home\.arpa|alt|onion)$/
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/

const numberOf = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)

function isIn(address: string, network: string): boolean {
  const [base = '', bits] = network.split('/')
  const size = 2 ** (32 - Number(bits))
  return Math.floor(numberOf(address) / size) === Math.floor(numberOf(base) / size)
}

/**
 * Whether an IPv6 address, as `URL` writes it, is not one of the Internet. Only 2000::/3 is, without Teredo, ORCHID and
 * the like (2001::/23), documentation (2001:db8::/32, 3fff::/20), and 6to4 (2002::/16), which contains an IPv4 address.
 */
function isInsideV6(address: string): boolean {
  const [first = 0, second = 0] = address.split(':').map((part) => Number.parseInt(part || '0', 16))
  if (first < 0x2000 || first > 0x3fff || first === 0x2002) return true
  return first === 0x2001 ? second < 0x200 || second === 0xdb8 : first === 0x3fff && second < 0x1000
}

const isLoopback = (host: string) =>
  host === 'localhost' || host === '[::1]' || (IPV4.test(host) && isIn(host, INSIDE[3] ?? ''))

/**
 * What is wrong with the URL of a webhook; undefined when nothing is. Only literal addresses can be judged: a Worker
 * can look up a name, but its request may then go to another address. `URL` normalizes the host: 0x7f.1 becomes
 * 127.0.0.1.
 */
export function addressErrorOf(
  url: string,
  { WEBHOOKS_TO_LOOPBACK }: { WEBHOOKS_TO_LOOPBACK: boolean },
): string | undefined {
  if (!URL.canParse(url)) return 'must be a valid URL'
  const { protocol, hostname, username, password } = new URL(url)
  const host = hostname.split('.').filter(Boolean).join('.') // without the dots at its end
  if (username || password) return 'must have no user name or password: check the signature instead'
  if (WEBHOOKS_TO_LOOPBACK && isLoopback(host)) return undefined
  if (protocol !== 'https:') return 'must begin with https:'
  const inside = host.startsWith('[')
    ? isInsideV6(host.slice(1, -1))
    : IPV4.test(host)
      ? INSIDE.some((network) => isIn(host, network))
      : LOCAL.test(host) || !host.includes('.')
  return inside ? 'must be a public address, not one inside a network' : undefined
}
