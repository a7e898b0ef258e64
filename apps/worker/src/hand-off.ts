import type { OwedWork } from "@relink/items";
import type { Producer } from "@relink/jobs";

/**
 * Puts work that was just committed on its queues, so that it starts at once instead of at the next sweep. The ids come
 * from the rows and their due times: the same work handed off twice is one job.
 *
 * @throws what the producer throws while Redis is away; nothing is lost by it.
 */
export async function handOff(producer: Producer, owed: OwedWork): Promise<void> {
  await Promise.all([
    ...owed.questions.map(({ itemId, dueAt }) =>
      producer.add("confirm", `cf-${itemId}-${dueAt.getTime()}`, { itemId }, dueAt),
    ),
    ...owed.mails.map(({ emailId, dueAt }) =>
      producer.add("email", `em-${emailId}-${dueAt.getTime()}`, { emailId }, dueAt),
    ),
  ]);
}
