/** The simulator as a process: answers questions that come over the channel of its parent, and ends with it. */
import { Fleet } from './fleet.js';
import type { AnswerMessage, QuestionMessage } from './simulator-protocol.js';

const fleet = new Fleet();

process.on('message', (message: QuestionMessage) => {
  void answer(message).then(
    (value) => send({ id: message.id, answer: value }),
    (error: unknown) => send({ id: message.id, error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));

async function answer(message: QuestionMessage): Promise<unknown> {
  switch (message.call) {
    case 'connect':
      return fleet.connect(message.question);
    case 'watch':
      fleet.watch(message.question);
      return null;
    case 'seen':
      return fleet.seen();
    case 'quiet':
      await fleet.quiet(message.question);
      return null;
    case 'tally':
      return fleet.tally();
  }
}

function send(message: AnswerMessage): void {
  if (process.connected) process.send?.(message);
}
