import type { AnyRequest, AnyResponse, Door, DoorOptions, Doors, ReadyCheck } from '../door.ts'

/** A plane's HTTP side that answers with what it was given. */
export class EchoDoor implements Door {
  readonly name: string
  ready = true
  constructor(name: string) {
    this.name = name
  }

  async handle(request: AnyRequest, response: AnyResponse, options: DoorOptions): Promise<void> {
    const { credentials, prefix, readOnly } = options
    const certificate = credentials.clientCertificate
    response.setHeader('content-type', 'application/json')
    const answer = JSON.stringify({
      door: this.name,
      url: request.url,
      prefix,
      readOnly: readOnly ?? false,
      token: credentials.bearerToken,
      user: credentials.user?.username,
      certificate: certificate === undefined ? undefined : Buffer.from(certificate).toString('base64'),
    })
    if (/[?&]watch=true/.test(request.url ?? '')) {
      const closed = new Promise<void>((resolve) => response.once('close', resolve))
      if ('stream' in response) response.write('first\n')
      else response.write('first\n')
      return closed
    }
    const slow = /[?&]slow=(\d+)/.exec(request.url ?? '')?.[1]
    if (slow !== undefined) await new Promise((resolve) => setTimeout(resolve, Number(slow)))
    response.end(answer)
  }

  async upgrade(
    _request: unknown,
    socket: { end(text: string): void },
    _head: unknown,
    options: DoorOptions,
  ): Promise<void> {
    socket.end(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\nx-door: ${this.name}${options.prefix}\r\n\r\n`,
    )
  }
}

export class EchoDoors implements Doors {
  readonly hubDoor: EchoDoor = new EchoDoor('hub')
  readonly demo: EchoDoor = new EchoDoor('demo')
  readonly one: EchoDoor = new EchoDoor('one')
  hub(): Door {
    return this.hubDoor
  }
  instance(name: string): Door | undefined {
    return name === 'demo' ? this.demo : undefined
  }
  member(name: string): Door | undefined {
    return name === 'one' ? this.one : undefined
  }
  issuer(name: string): Door | undefined {
    return name === 'CN=clients of demo' ? this.demo : undefined
  }
  checks(): readonly ReadyCheck[] {
    return [
      { kind: 'hub', ready: this.hubDoor.ready },
      { kind: 'instances', ready: this.demo.ready },
      { kind: 'instances', ready: true },
    ]
  }
}
