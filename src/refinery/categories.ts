/** The kinds of failure we name, and what TRAIL, MAST and the sources' lists call them. */

export type Category = keyof typeof categories

interface CategoryRow {
  /** For people. */
  readonly title: string
  readonly trail: string
  readonly mast: string
  readonly agentrx: string
  /** What mends it: prompt_issue, context_issue, model_limitation, orchestration_issue, retrieval_issue, output_parsing_issue. */
  readonly failureType: string
}

const row = (
  title: string,
  trail: string,
  mast: string,
  agentrx: string,
  failureType: string,
): CategoryRow => ({
  title,
  trail,
  mast,
  agentrx,
  failureType,
})

export const categories = {
  tool_failure: row(
    'A tool or service failed',
    'Tool Related: Service Errors',
    'FM-2.6 Reasoning-action mismatch',
    'System Failure',
    'orchestration_issue',
  ),
  refused_call: row(
    'A tool was called wrongly',
    'Tool Related: Incorrect Call',
    'FM-1.2 Disobey role specification',
    'Invalid Invocation',
    'orchestration_issue',
  ),
  result_misread: row(
    'A result was read wrongly',
    'Tool Output Misinterpretation',
    'FM-3.3 Incorrect verification',
    'Misinterpretation of Tool Output',
    'model_limitation',
  ),
  invented_information: row(
    'Something was made up',
    'Hallucination: Tool-related',
    'FM-2.5 Ignored other agent’s input',
    'Invention of New Information',
    'model_limitation',
  ),
  constraint_lost: row(
    'Part of the request was lost',
    'Instruction Non-compliance',
    'FM-1.1 Disobey task specification',
    'Instruction/Plan Adherence Failure',
    'prompt_issue',
  ),
  instruction_gap: row(
    'The instructions do not cover the case',
    'Instruction Non-compliance',
    'FM-1.1 Disobey task specification',
    'Underspecified User Intent',
    'prompt_issue',
  ),
  broken_promise: row(
    'Something was promised that cannot be kept',
    'Hallucination: Language-only',
    'FM-2.6 Reasoning-action mismatch',
    'Invention of New Information',
    'prompt_issue',
  ),
  unsupported_assumption: row(
    'An assumption stands in for a fact',
    'Hallucination: Language-only',
    'FM-2.2 Fail to ask for clarification',
    'Invention of New Information',
    'model_limitation',
  ),
  failed_execution: row(
    'Code or a command failed',
    'Tool Related: Incorrect Call',
    'FM-1.2 Disobey role specification',
    'Invalid Invocation',
    'orchestration_issue',
  ),
  ignored_error: row(
    'An error was passed over',
    'Tool Output Misinterpretation',
    'FM-3.2 No or incomplete verification',
    'Misinterpretation of Tool Output',
    'orchestration_issue',
  ),
  loop: row(
    'The same was done again and again',
    'Resource Abuse',
    'FM-1.3 Step repetition',
    'Instruction/Plan Adherence Failure',
    'orchestration_issue',
  ),
  empty_output: row(
    'Nothing came out',
    'Formatting Errors',
    'FM-2.4 Information withholding',
    'System Failure',
    'model_limitation',
  ),
  truncated_output: row(
    'The output was cut off',
    'Context Handling: Overflow',
    'FM-1.4 Loss of conversation history',
    'System Failure',
    'output_parsing_issue',
  ),
  context_overflow: row(
    'The context was too long',
    'Context Handling: Overflow',
    'FM-1.4 Loss of conversation history',
    'System Failure',
    'context_issue',
  ),
  unanswered_call: row(
    'A tool call was never answered',
    'Tool Related: Resource Not Found',
    'FM-2.6 Reasoning-action mismatch',
    'System Failure',
    'orchestration_issue',
  ),
  format_violation: row(
    'The form that was asked for was not kept',
    'Formatting Errors',
    'FM-1.1 Disobey task specification',
    'Instruction/Plan Adherence Failure',
    'output_parsing_issue',
  ),
  empty_retrieval: row(
    'The search found nothing',
    'Tool Related: Resource Not Found',
    'FM-2.4 Information withholding',
    'System Failure',
    'retrieval_issue',
  ),
  failed_check: row(
    'A check found the result wanting',
    'Goal Deviation',
    'FM-3.2 No or incomplete verification',
    'Goal Deviation',
    'orchestration_issue',
  ),
  instruction_broken: row(
    'An instruction was not followed',
    'Instruction Non-compliance',
    'FM-1.1 Disobey task specification',
    'Instruction/Plan Adherence Failure',
    'prompt_issue',
  ),
  role_confusion: row(
    'A role was mixed up',
    'Instruction Non-compliance',
    'FM-1.2 Disobey role specification',
    'Instruction/Plan Adherence Failure',
    'prompt_issue',
  ),
  language_mismatch: row(
    'The wrong language was used',
    'Formatting Errors',
    'FM-1.1 Disobey task specification',
    'Instruction/Plan Adherence Failure',
    'prompt_issue',
  ),
  resource_outlier: row(
    'Far more time or text than usual',
    'Resource Abuse',
    'FM-1.5 Unaware of termination conditions',
    'System Failure',
    'orchestration_issue',
  ),
} as const satisfies Readonly<Record<string, CategoryRow>>
