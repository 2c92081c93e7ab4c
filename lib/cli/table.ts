import { cutText, printable, textWidth } from './text-width.ts'

export interface Column<R> {
  readonly title: string
  value(row: R): string
  readonly align?: 'right'
  /** May be cut when the table is too wide; never below `MIN_WIDTH`. */
  readonly canShrink?: true
}

const GAP = '  '
const MIN_WIDTH = 12

/** Lines of a table, header first. With `maxWidth` its widest columns that can are cut until it fits. */
export function tableLines<R>(columns: readonly Column<R>[], rows: readonly R[], maxWidth?: number): string[] {
  const cells = rows.map((row) => columns.map((column) => printable(column.value(row))))
  const widths = columns.map((column, index) =>
    cells.reduce((width, row) => Math.max(width, textWidth(row[index] ?? '')), column.title.length),
  )
  if (maxWidth !== undefined) shrink(columns, widths, maxWidth)
  const line = (row: readonly string[]) =>
    columns
      .map((column, index) => padded(row[index] ?? '', widths[index] ?? 0, column.align))
      .join(GAP)
      .trimEnd()
  return [line(columns.map((column) => column.title)), ...cells.map(line)]
}

function shrink(columns: readonly Column<never>[], widths: number[], maxWidth: number): void {
  let excess = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) - maxWidth
  while (excess > 0) {
    let widest = -1
    for (const [index, column] of columns.entries()) {
      if (column.canShrink && (widths[index] ?? 0) > Math.max(MIN_WIDTH, widths[widest] ?? 0)) widest = index
    }
    if (widest < 0) return
    widths[widest] = (widths[widest] ?? 0) - 1
    excess -= 1
  }
}

function padded(text: string, width: number, align: 'right' | undefined): string {
  const cut = cutText(text, width)
  const space = ' '.repeat(Math.max(0, width - textWidth(cut)))
  return align === 'right' ? space + cut : cut + space
}
