/**
 * @file Acting, where a refusal is all that there is to hear: it is shown.
 */

import { act, explain } from "./api.js";
import { toast } from "./toast.js";

/**
 * Do something as the current person; what the workspace refuses is told in a toast. That the app did not answer is
 * told by the workspace itself.
 * @param {string} verb
 * @param {Record<string, any>} body
 * @returns {Promise<any>} the answer
 */
export async function tell(verb, body) {
  const answer = await act(verb, body);
  if (!answer.ok) toast(explain(answer));
  return answer;
}
