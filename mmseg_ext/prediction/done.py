"""What came of the inputs of a prediction."""

from dataclasses import dataclass, field


@dataclass
class Done:
    """What came of the inputs.

    Attributes:
        images: Number of images that were predicted.
        videos: Number of videos.
        frames: Number of their frames.
        before: Number of inputs whose outputs were there already.
        faults: What was wrong with the others; each message names the file.
        legend: The classes with their colours, or where they are to be found; empty where nothing
            with colours was asked for.
    """

    images: int = 0
    videos: int = 0
    frames: int = 0
    before: int = 0
    faults: list[str] = field(default_factory=list)
    legend: str = ''

    @property
    def text(self) -> str:
        """All of it in a line."""
        parts = [f'{self.images} image(s)']
        if self.videos:
            parts.append(f'{self.videos} video(s) of {self.frames} frames')
        text = f'predicted {" and ".join(parts)}'
        if self.before:
            text += f'; {self.before} were there already'
        if self.faults:
            text += f'; {len(self.faults)} could not be predicted'
        return text
