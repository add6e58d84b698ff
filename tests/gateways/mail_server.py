"""A mail server on loopback that keeps the letters it is given, and can be rude in several ways."""

import asyncio
from dataclasses import dataclass, field


@dataclass
class MailServer:
    """What it heard, line by line, and the letters it took. `refuses` answers every recipient with 550; `hangs` never
    answers anything."""

    refuses: bool = False
    hangs: bool = False
    heard: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)
    port: int = 0
    _conversations: set["asyncio.Task[None]"] = field(default_factory=set)

    async def __aenter__(self) -> "MailServer":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
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
            writer.write(b"220 mail.example.org\r\n")
            while line := (await reader.readline()).decode().strip():
                self.heard.append(line)
                writer.write(await self._answer(line, reader, writer))
                if line.upper() == "QUIT":
                    break
        except ConnectionError:
            return
        finally:
            writer.close()

    async def _answer(self, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        verb = line.upper().split()[0]
        if verb == "RCPT":
            if self.refuses:
                return f"550 no such person: {line}\r\n".encode()
            self.recipients.append(line.partition(":")[2].strip("<>"))
        if verb == "DATA":
            writer.write(b"354 go on\r\n")
            self.letters.append((await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n"))
        return b"221 bye\r\n" if verb == "QUIT" else b"250 fine\r\n"
