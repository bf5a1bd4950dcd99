/** The certificates a proxy shows to others. */
import { z } from 'zod';
import type { ProxyInfo } from '../../src/mesh/driver.js';

export const CERTIFICATES_PAGE = '/certs';

const NAME = z.object({ dns: z.string().optional(), uri: z.string().optional(), ip_address: z.string().optional() });
const CERTIFICATES = z.object({
  certificates: z.array(
    z.object({
      cert_chain: z
        .array(
          z.object({
            serial_number: z.string(),
            subject_alt_names: z.array(NAME).default([]),
            expiration_time: z.string(),
          }),
        )
        .default([]),
    }),
  ),
});

/** One entry per certificate, however many listeners and clusters use it. @throws ZodError when the page is not what Envoy answers. */
export function parseCertificates(page: string): NonNullable<ProxyInfo['certificates']> {
  const chains = CERTIFICATES.parse(JSON.parse(page)).certificates.flatMap(({ cert_chain: chain }) => chain);
  const bySerial = new Map(chains.map((certificate) => [certificate.serial_number, certificate]));
  return [...bySerial].map(([serial, certificate]) => ({
    names: certificate.subject_alt_names.flatMap(({ dns, uri, ip_address: ip }) => dns ?? uri ?? ip ?? []),
    serial,
    validTo: certificate.expiration_time,
  }));
}
