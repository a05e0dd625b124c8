import { describe, expect, it } from "vitest";
import { createRandom } from "#core/random";
import { fullTurn } from "#core/units";
import { fourierTransform } from "#simulators/spectra/fourier-transform";
import { amplitudeSpectrum, dominantFrequency, windingRate } from "#simulators/spectra/spectrum";
