interface Report {
  readonly userLimits?: { readonly open_files?: { readonly soft?: number | 'unlimited' } }
}

/** Files and sockets that this process, and those started like it, may have open; undefined where the system does not say. */
export function openFilesLimit(): number | undefined {
  const report: typeof process.report & { excludeNetwork?: boolean } = process.report // not in the types yet
  report.excludeNetwork = true // else it looks up the names of peers
  const { userLimits } = report.getReport() as Report
  const soft = userLimits?.open_files?.soft
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : soft
}
