/** What mutual TLS proves, and to whom. */
import type { Fault } from '../fault.js';
import { anyCa } from './any-ca.js';
import { expiredCertificate } from './expired-certificate.js';
import { noClientCertificate } from './no-client-certificate.js';
import { tlsPlaintext } from './tls-plaintext.js';
import { wrongSan } from './wrong-san.js';

export const mtlsFaults: readonly Fault[] = [tlsPlaintext, noClientCertificate, anyCa, expiredCertificate, wrongSan];
