/**
 * In the place of the library's validator of JSON Schema, by `alias` in wrangler.toml: that one checks only what a client
 * answers to questions of a server, and this server asks none.
 */
export class DefaultJsonSchemaValidator {
  getValidator(): never {
    throw new Error('This server asks clients nothing')
  }
}
