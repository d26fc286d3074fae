/**
 * Replaces the library's validator of JSON Schema, by `alias` in wrangler.toml: the library uses it only for a client's
 * answers to questions of a server, and this server asks none.
 */
export class DefaultJsonSchemaValidator {
  getValidator(): never {
    throw new Error('This server asks clients nothing')
  }
}
