/** The part of `parse-prometheus-text-format` that the tests use; the package brings no types. */

declare module 'parse-prometheus-text-format' {
  interface ParsedMetric {
    name: string
    help: string
    type: string
    metrics: {
      value?: string
      count?: string
      sum?: string
      buckets?: Record<string, string>
      labels?: Record<string, string>
    }[]
  }
  function parsePrometheusTextFormat(text: string): ParsedMetric[]
  export = parsePrometheusTextFormat
}
