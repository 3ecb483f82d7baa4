"""What the transcriber is told from outside. Nothing else of it reads the environment."""

from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from runtime.settings import RuntimeSettings

_LARGEST_PIECE = 780.0  # seconds of samples in the 25 MB that OpenAI takes
_WITH_TIMES = 600.0
_WITHOUT_TIMES = 45.0  # an answer without times inside is as exact as its piece is short


class Settings(BaseSettings):
    """Variables start with ``TRANSCRIBER_``. Times are seconds, money is US dollars."""

    model_config = SettingsConfigDict(env_prefix="TRANSCRIBER_", extra="ignore", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
    scratch: Path | None = Field(default=None, description="where sounds lie while at work")
    tries: int = Field(default=8, ge=1, description="of a source, before its user is asked")

    youtube_transcript_base: str | None = Field(
        default=None, description="sends YouTube's calls to another server, for tests"
    )
    youtube_timeout: float = Field(default=10.0, gt=0, description="for one wait on the network")
    youtube_total: float = Field(default=60.0, gt=0, description="for all calls of one fetch")
    youtube_proxy: SecretStr | None = Field(
        default=None, description="http://user:password@host:port for all calls to YouTube"
    )

    speech_url: str = Field(
        default="https://api.openai.com/v1", description="of an OpenAI-compatible server, with /v1"
    )
    speech_key: SecretStr | None = Field(default=None, description="unset: no speech to text")
    speech_model: str = Field(default="gpt-transcribe", min_length=1)
    speech_usd_per_minute: Decimal = Field(default=Decimal("0.0045"), ge=0)
    speech_timed: bool | None = Field(
        default=None, description="ask for times inside a piece; unset: if it is a whisper model"
    )
    speech_piece_seconds: float | None = Field(default=None, ge=5, le=_LARGEST_PIECE)
    speech_timeout: float = Field(default=300.0, gt=0, description="for one piece")
    speech_parallel: int = Field(default=4, ge=1, le=32, description="pieces of a sound at once")
    speech_sounds: int = Field(default=2, ge=1, le=32, description="sounds at once")
    speech_resends: int = Field(
        default=1, ge=0, le=10, description="of a piece whose answer was lost; may be paid again"
    )
    speech_max_hours: float = Field(default=12.0, gt=0, le=48)

    ytdlp: str | None = Field(
        default=None, description="yt-dlp's command, to hear videos that have no captions"
    )
    ytdlp_timeout: float = Field(default=900.0, gt=0)

    @field_validator("speech_url")
    @classmethod
    def _url_is_plain(cls, value: str) -> str:
        url = urlsplit(value)
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise ValueError("an address like https://host/v1 is wanted")
        if url.username or url.password or url.query or url.fragment:
            raise ValueError("without user, password, query or fragment")
        return value.rstrip("/")

    @field_validator("speech_key", "youtube_proxy", "ytdlp", "scratch", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @property
    def with_times(self) -> bool:
        """Whether answers have times inside a piece."""
        if self.speech_timed is None:
            return "whisper" in self.speech_model.lower()
        return self.speech_timed

    @property
    def piece_seconds(self) -> float:
        """The longest piece."""
        return self.speech_piece_seconds or (_WITH_TIMES if self.with_times else _WITHOUT_TIMES)
