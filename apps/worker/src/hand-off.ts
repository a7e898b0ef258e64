import type { OwedWork } from "@relink/items";
import type { Producer } from "@relink/jobs";

/**
 * Puts work that was just committed on its queues, so that it starts at once instead of at the next sweep. The ids come
 * from the rows and their due times: the same work handed off twice is one job.
 *
 * @throws what the producer throws while Redis is away; nothing is lost by it.
 */
export async function handOff(producer: Producer, owed: OwedWork): Promise<void> {
  const questions = owed.questions.map(({ itemId, dueAt, isUrgent }) => ({
    jobId: `cf-${itemId}-${dueAt.getTime()}`,
    payload: { itemId },
    dueAt,
    isUrgent,
  }));
  const mails = owed.mails.map(({ emailId, dueAt, isUrgent }) => ({
    jobId: `em-${emailId}-${dueAt.getTime()}`,
    payload: { emailId },
    dueAt,
    isUrgent,
  }));
  const [first] = owed.subscriptionIds;
  const wake = { jobId: `dl-${first}-${Date.now()}`, payload: { subscriptionIds: owed.subscriptionIds } };
  await Promise.all([
    producer.addAll("confirm", questions),
    producer.addAll("email", mails),
    ...(first === undefined ? [] : [producer.add("deliveries", wake)]),
  ]);
}
