"""A mail server on loopback that keeps the letters it is given, may want a login, and can be rude in several ways."""

import asyncio
import ssl
from base64 import b64decode
from dataclasses import dataclass, field


@dataclass
class MailServer:
    """What it heard, line by line, and the letters it took. `refuses` answers every recipient with 550, `says` a verb
    with a line of its own; `hangs` never answers anything. With `tls` it offers STARTTLS (or speaks it at once:
    `tls_at_once`); with `login` it takes letters only after that user and password.
    """

    refuses: bool = False
    hangs: bool = False
    says: dict[str, str] = field(default_factory=dict)
    login: str = ""
    tls: ssl.SSLContext | None = None
    tls_at_once: bool = False
    secured: list[bool] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)
    port: int = 0
    _conversations: set["asyncio.Task[None]"] = field(default_factory=set)

    async def __aenter__(self) -> "MailServer":
        at_once = self.tls if self.tls_at_once else None
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=at_once)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for conversation in self._conversations:
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = asyncio.create_task(self._converse(reader, writer))
        self._conversations.add(conversation)
        conversation.add_done_callback(self._conversations.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.hangs:
                await asyncio.sleep(3600)
            writer.write(f"{self.says.get('banner', '220 mail.example.org')}\r\n".encode())
            known = not self.login
            while line := (await reader.readline()).decode().strip():
                self.heard.append(line)
                verb = line.upper().split()[0]
                if verb == "AUTH":
                    known = b64decode(line.split()[2]).decode() == f"\0{self.login}"
                    writer.write(b"235 welcome\r\n" if known else f"535 {line} is wrong\r\n".encode())
                    continue
                if verb == "STARTTLS":
                    writer.write(b"220 go on\r\n")
                    await writer.start_tls(self.tls)
                    continue
                if verb == "MAIL":
                    self.secured.append(writer.get_extra_info("ssl_object") is not None)
                    if not known:
                        writer.write(b"530 who are you?\r\n")
                        continue
                writer.write(await self._answer(line, reader, writer))
                if verb == "QUIT":
                    break
        except (ConnectionError, ssl.SSLError):
            return
        finally:
            writer.close()

    async def _answer(self, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        verb = line.upper().split()[0]
        if verb in self.says:
            return f"{self.says[verb]}\r\n".encode()
        if verb == "EHLO":
            offers = ["STARTTLS"] if self.tls and not writer.get_extra_info("ssl_object") else []
            offers += ["AUTH PLAIN"] if self.login else []
            return "".join(f"250-{offer}\r\n" for offer in ["mail.example.org", *offers]).encode() + b"250 fine\r\n"
        if verb == "RCPT":
            if self.refuses:
                return f"550 no such person: {line}\r\n".encode()
            self.recipients.append(line.partition(":")[2].strip("<>"))
        if verb == "DATA":
            writer.write(b"354 go on\r\n")
            self.letters.append((await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n"))
        return b"221 bye\r\n" if verb == "QUIT" else b"250 fine\r\n"
