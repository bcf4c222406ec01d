/** The one right answer of every fault test, in the wire form of each dialect. */

import type { Dialect } from '../../src/protocol/chat.ts'
import { responsesForm } from './responses-form.ts'
import { chatForms, type WireForm } from './wire-form.ts'

export const forms: Readonly<Record<Dialect, WireForm>> = { ...chatForms, responses: responsesForm }
