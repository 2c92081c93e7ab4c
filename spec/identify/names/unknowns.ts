import type { NameRow } from './families.ts'

const obfuscated: readonly NameRow[] = [
  ['9f86d081884c7d659a2feaa0c55ad015', '?'],
  ['a94a8fe5ccb19ba61c4c0873d391e987982fbbd3.mkv', '?'],
  ['6e1c9d5a-3b1e-4c59-93f5-9e2d1a7a1234.mkv', '?'],
  ['Kq7Zp2Lm9Xw4Rt8Vb3Ny6Hc1Jd5Fg0', '?'],
  ['password - "bdc435cb-93c4-4902-97ea-ca00568c3887.337" yEnc', '?'],
  ['XqWERTlkj4Bn9Zx0Poi7', '?'],
  ['PLMQWN4820.mkv', '?'],
  ['ajifajjjeaeaeqwer_eppj.avi', '?'],
  ['Backup_58213S02-12.mkv', '?'],
  ['NOTHING TO SEE HERE', '?'],
  ['', '?'],
  ['...', '?'],
  ['[]', '?'],
]

export const unknowns = { obfuscated }
