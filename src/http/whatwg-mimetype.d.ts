/** The module of the package that has only the parser; @types/whatwg-mimetype declares its index. */
declare module 'whatwg-mimetype/lib/mime-type.js' {
  import { MIMEType } from 'whatwg-mimetype'
  export default MIMEType
}
