"""A client with the official Python SDK: python python_sdk.py <url> <plain|step-up>"""

import asyncio
import json
import sys
from urllib.parse import parse_qs, urlsplit

from mcp import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import OAuthClientMetadata


def say(message):
    print(json.dumps(message), flush=True)


class Memory:
    """Keeps credentials for as long as the program runs."""

    tokens = None
    client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


async def listen(answers):
    """Takes the browser that comes back."""

    async def take(reader, writer):
        line = (await reader.readline()).decode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nDone")
        await writer.drain()
        writer.close()
        answers.put_nowait(parse_qs(urlsplit(line.split(" ")[1]).query))

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    return server.sockets[0].getsockname()[1]


async def main(address, course):
    answers = asyncio.Queue()
    redirect = f"http://localhost:{await listen(answers)}/callback"
    memory = Memory()

    async def send_away(url):
        say({"authorize": url})

    async def wait_for_answer():
        answer = {name: values[0] for name, values in (await answers.get()).items()}
        return AuthorizationCodeResult(
            code=answer.get("code"), state=answer.get("state"), iss=answer.get("iss")
        )

    metadata = OAuthClientMetadata(
        client_name="Python SDK",
        redirect_uris=[redirect],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        token_endpoint_auth_method="none",
    )
    provider = OAuthClientProvider(address, metadata, memory, send_away, wait_for_answer)
    async with create_mcp_http_client(auth=provider) as http:
        async with Client(streamable_http_client(address, http_client=http)) as client:

            async def call(name, given):
                return (await client.call_tool(name, given)).content[0].text

            def describe():
                return {
                    "clientId": memory.client.client_id,
                    "scope": memory.tokens.scope,
                    "tokenType": memory.tokens.token_type,
                    "refreshes": memory.tokens.refresh_token is not None,
                }

            used = {
                "tools": [tool.name for tool in (await client.list_tools()).tools],
                "hello": json.loads(await call("hello-world", {})),
                "sum": await call("add_numbers", {"a": 2, "b": 40}),
                "product": await call("multiply_numbers", {"a": 6, "b": 7}),
            }
            say({"used": used, "protocol": client.protocol_version, **describe()})
            if course == "step-up":
                say({"admin_reset": await call("admin_reset", {}), **describe()})


asyncio.run(main(*sys.argv[1:3]))
