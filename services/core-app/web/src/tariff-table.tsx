// The versions of a product's tariffs, the newest of each first.

import type { TariffVersion } from './api'
import { type Language, money, shortDay, textsOf } from './texts'

export function TariffTable({ tariffs, language }: { tariffs: TariffVersion[]; language: Language }) {
  const texts = textsOf(language)
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{texts.tariff}</th>
          <th scope="col">{texts.price}</th>
          <th scope="col">{texts.since}</th>
          <th scope="col">{texts.until}</th>
        </tr>
      </thead>
      <tbody>
        {tariffs.map((tariff) => (
          <tr key={`${tariff.tariff_id}-${tariff.version}`} class={tariff.known_to ? 'past' : 'now'}>
            <td>{tariff.name || tariff.tariff_id}</td>
            <td class="number">{tariff.premium ? money(tariff.premium, language) : texts.onRequest}</td>
            <td>{shortDay(tariff.known_from, language)}</td>
            <td>{tariff.known_to ? shortDay(tariff.known_to, language) : texts.current}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
