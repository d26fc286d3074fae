import { useTitle } from './hooks.ts'
import { t } from './strings.ts'

export function Help() {
  useTitle(`${t.help} · ${t.appName}`)
  return (
    <article class="page narrow">
      <h1>{t.help}</h1>
      <p>{t.board.keys}</p>
      <p>{t.search.hint} (/)</p>
      <ul>
        <li>
          <a href="/docs">{t.apiReference}</a>
        </li>
        <li>
          <a href="/openapi.json">{t.openapi}</a>
        </li>
        <li>
          <a href="/readyz">{t.health}</a>
        </li>
      </ul>
    </article>
  )
}
