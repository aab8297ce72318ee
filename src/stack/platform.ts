/** `linux-x64`, as npm's platform packages are named. */
export const PLATFORM = `${process.platform}-${process.arch}`;

/** Whether the C library is glibc: engines from npm for Linux are built for it, and do not run on Alpine's musl. */
export function isGlibc(): boolean {
  // With it the report would look up the names of every peer.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime !== undefined;
}
