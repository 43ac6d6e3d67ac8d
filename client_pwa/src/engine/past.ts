/** The members of a space as they were: who might do what when an op was logged. */
import { Members } from './members.ts';
import { type Replica } from './replica.ts';

/** Returns the members just before a cursor of the log; its founding counts from cursor 1 on, op by op. */
export function membersBefore({ space, controls }: Replica, cursor: number): Members {
  let members = new Members(space);
  for (const { body, header, cursor: at } of controls) {
    if (at >= cursor) break;
    if (body !== null) members = members.after(header.device, body, at);
  }
  return members;
}
