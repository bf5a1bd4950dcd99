import type { Json } from '../model.js';
import { formatQuantity, isSameQuantity, quantityOf, roundLikeKubernetes } from '../quantity.js';
import type { Loss } from './rendered.js';

/** A number as a Quantity: a bare integer where possible, as in the text, else a text such as `500m`. */
export function renderQuantity(value: number, path: string, losses: Loss[]): Json {
  const exact = quantityOf(value);
  const kept = roundLikeKubernetes(exact);
  const text = formatQuantity(kept);
  if (!isSameQuantity(exact, kept)) {
    losses.push({
      path,
      what: `${value} is written as ${text}: a Quantity holds whole nanos up to an int64`,
      consequence: 'the value, and with it the ratio, changes slightly',
    });
  }
  const whole = Number(text);
  return Number.isSafeInteger(whole) ? whole : text;
}
