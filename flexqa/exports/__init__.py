"""Question sets as other evaluation tools load them: one module per format, see `flexqa.exports.write`."""
