/** The part of an OpenAPI document that a reference names; undefined if there is none. */
export const targetOf = (document: any, { $ref }: { $ref: string }): any =>
  $ref
    .slice(2)
    .split('/')
    .reduce((node, key) => node?.[key], document)

/** A part of an OpenAPI document itself, or the one that it refers to. */
export const resolve = (document: any, part: any): any => (part?.$ref ? targetOf(document, part) : part)
