import { describe, expect, it } from 'vitest'
import { addressErrorOf } from './address.ts'

const outside = { WEBHOOKS_TO_LOOPBACK: false }
const INSIDE = 'must be a public address, not one inside a network'

describe('the URL of a webhook', () => {
  it.each([
    'https://example.com/hook',
    'https://hooks.example.com:8443/a?b=c',
    'https://8.8.8.8/',
    'https://172.15.0.1/',
    'https://172.32.0.1/',
    'https://100.128.0.1/',
    'https://223.255.255.255/',
    'https://[2606:4700::1111]/',
    'https://[2a00:1450:4001::200e]/',
    'https://[2001:4860:4860::8888]/',
    'https://localhost.example.com/',
  ])('may be %s', (url) => expect(addressErrorOf(url, outside)).toBeUndefined())

  it.each([
    ...['0.0.0.0', '10.255.255.255', '100.64.0.1', '127.0.0.1', '127.255.255.255', '169.254.169.254', '172.16.0.1'],
    ...['172.31.255.255', '192.0.0.1', '192.0.2.1', '192.168.0.1', '198.18.0.1', '198.51.100.1', '203.0.113.1'],
    ...['224.0.0.1', '240.0.0.1', '255.255.255.255'],
    // Other ways to write 127.0.0.1 and 10.0.0.1.
    ...['127.1', '0x7f.1', '2130706433', '0177.0.0.1', '127.0.0.1.', '１２７.0.0.1', '127。0。0。1', '0xa.0x0.0x0.0x1'],
    ...['[::]', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::7f00:1]', '[fc00::1]'],
    ...['[fd12:3456::1]', '[fe80::1]', '[fec0::1]', '[ff02::1]', '[2002:7f00:1::]', '[2001::1]', '[2001:0:4136::1]'],
    ...['[2001:10::1]', '[2001:db8::1]', '[3fff::1]', '[100::1]', '[5f00::1]', '[4000::1]'],
    ...[
      'localhost',
      'LOCALHOST',
      'localhost.',
      'localhost..',
      'a.localhost',
      'printer.local',
      'db.internal',
      'router.lan',
      'intranet',
    ],
    ...['metadata.google.internal', 'nas.home.arpa', 'kubernetes'],
  ])('may not be https://%s', (host) => expect(addressErrorOf(`https://${host}/`, outside)).toBe(INSIDE))

  it.each(['http://example.com/', 'http://127.0.0.1/', 'ftp://example.com/', 'file:///etc/passwd', 'data:,x'])(
    'must begin with https:, so it may not be %s',
    (url) => expect(addressErrorOf(url, outside)).toBe('must begin with https:'),
  )

  it('must be a valid URL without a password', () => {
    expect(addressErrorOf('https://a:b@example.com/', outside)).toContain('password')
    expect(addressErrorOf('https://user@example.com/', outside)).toContain('password')
    expect(addressErrorOf('https://[::1/', outside)).toBe('must be a valid URL')
  })

  it('may be on this machine if the deployment allows it, but not elsewhere in a private network', () => {
    const here = { WEBHOOKS_TO_LOOPBACK: true }
    for (const host of ['127.0.0.1:8800', 'localhost', '[::1]', '127.1', '127.9.9.9'])
      for (const scheme of ['http', 'https']) expect(addressErrorOf(`${scheme}://${host}/`, here)).toBeUndefined()
    expect(addressErrorOf('http://example.com/', here)).toBe('must begin with https:')
    for (const host of ['10.0.0.1', '[fd00::1]', 'a.localhost', '[::ffff:127.0.0.1]'])
      expect(addressErrorOf(`https://${host}/`, here)).toBe(INSIDE)
  })
})
