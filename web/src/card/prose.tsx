import { useLayoutEffect, useRef } from 'preact/hooks'
import { showMarkdown } from './markdown.ts'

/** Shows a Markdown text. */
export function Prose({ text }: { text: string }) {
  const element = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    if (element.current) showMarkdown(element.current, text)
  }, [text])
  return <div class="prose" ref={element} />
}
