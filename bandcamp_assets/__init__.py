"""An asset-based data platform for sales of independent music on Bandcamp."""
