const { reporters } = require('mocha')

/** Mocha's spec reporter, with the counts alone on the last line for scripts that read them. */
module.exports = class ClosingLineReporter extends reporters.Spec {
  epilogue() {
    super.epilogue()
    const { passes, failures, pending } = this.stats
    reporters.Base.consoleLog(`${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}`)
  }
}
