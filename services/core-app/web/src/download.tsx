// The policy as a document. It is fetched here because a link cannot carry the token.

import { Failure } from './failure'
import { useOrder } from './order'
import { policyDocument } from './policy-api'
import { saleTextsOf } from './sale-texts'
import type { Language } from './texts'

// Long enough for any browser to have begun to save.
const KEPT_MS = 60_000

function save(file: Blob, name: string) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  window.setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS)
}

export function Download({ id, language }: { id: string; language: Language }) {
  const texts = saleTextsOf(language)
  const { busy, problem, run } = useOrder()
  const press = () =>
    run(async () => {
      const { file, name } = await policyDocument(id)
      save(file, name)
    })
  return (
    <>
      <button type="button" class="main" disabled={busy} onClick={press} data-download>
        {texts.download}
      </button>
      {problem !== null && <Failure problem={problem} language={language} />}
    </>
  )
}
