import { client } from './client.ts'

/** Loads a file, and saves it where the browser keeps downloads, unless the person has signed out meanwhile. */
export async function saveFile(load: () => Promise<Blob>, name: string): Promise<void> {
  const owner = client.user?.id
  const blob = await load()
  if (client.user?.id !== owner) return
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
