/** What an adapter is opened with; made by src/config. */
export interface StoreOptions {
  readonly connection: Connection;
  /** A database, a schema, a prefix: everything dbctl touches lies inside it. */
  readonly namespace: string;
  /** PostgreSQL where dbctl may not create databases: the namespace is this schema of database `namespace`. */
  readonly schema?: string | undefined;
  readonly poolSize: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** Shown by the engine beside dbctl's connections. */
  readonly applicationName: string;
}

/** A URL taken apart; `password` is the only secret. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | null;
  /** The URL's path; null when it named none. */
  readonly database: string | null;
  /** null: no TLS. */
  readonly tls: TlsOptions | null;
  /** Query parameters that the configuration did not consume, decoded: `options`, `channel_binding` (checked), … */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface TlsOptions {
  /** False for PostgreSQL's sslmode=require: encrypted, certificate not checked. */
  readonly verify: boolean;
  /** Encrypt when the server can (sslmode=prefer). */
  readonly optional: boolean;
  /** False for sslmode=verify-ca: the certificate is checked, but not whom it names. True when left out. */
  readonly verifyHost?: boolean | undefined;
  /** PEM texts. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}
